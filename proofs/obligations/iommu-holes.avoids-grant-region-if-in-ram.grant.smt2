; Theorem iommu-holes/avoids-grant-region-if-in-ram, obligation grant.
; Every region of dom0 and direct-mapped domains with IOMMU has no address of the domain's grant region, if
; sensible-entries and grant-region and grant-region-in-ram and ram-described.
; In xen 4.19.3 to head, 13 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; A byte of the grant region lies in an entry of the tree.
(set-logic QF_BV)
(declare-const grant_size (_ BitVec 64))
(declare-const grant_start (_ BitVec 64))
(declare-const ram_size (_ BitVec 64))
(declare-const ram_start (_ BitVec 64))
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption grant-region-in-ram: the grant region lies in the host's RAM (dom0's is Xen's text (theorem grant-
; region/inside-text); that of another direct-mapped domain need not)
(assert (or (not (and (bvule grant_start x) (bvult x (bvadd grant_start grant_size)))) (and (bvule ram_start x) (bvult x (bvadd ram_start ram_size)))))
; Assumption ram-described: each byte of the host's RAM lies in a `reg` entry of the host device tree (memory
; nodes; with EFI the boot loader's memory map counts, and the tree may have less or none)
(assert (or (not (and (bvule ram_start x) (bvult x (bvadd ram_start ram_size)))) (and (bvule reg_start x) (bvult x (bvadd reg_start reg_size)))))
; What must be impossible.
(assert (and (bvule grant_start x) (bvult x (bvadd grant_start grant_size)) (not (and (bvule reg_start x) (bvult x (bvadd reg_start reg_size))))))
(check-sat)
