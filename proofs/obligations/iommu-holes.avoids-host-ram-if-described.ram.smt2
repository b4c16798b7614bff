; Theorem iommu-holes/avoids-host-ram-if-described, obligation ram.
; Every region of dom0 and direct-mapped domains with IOMMU has no address of the host's RAM, if sensible-
; entries and ram-described.
; In xen 4.19.3 to head, 13 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; A byte of RAM lies in an entry of the tree.
(set-logic QF_BV)
(declare-const ram_size (_ BitVec 64))
(declare-const ram_start (_ BitVec 64))
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption ram-described: each byte of the host's RAM lies in a `reg` entry of the host device tree (memory
; nodes; with EFI the boot loader's memory map counts, and the tree may have less or none)
(assert (or (not (and (bvule ram_start x) (bvult x (bvadd ram_start ram_size)))) (and (bvule reg_start x) (bvult x (bvadd reg_start reg_size)))))
; What must be impossible.
(assert (and (bvule ram_start x) (bvult x (bvadd ram_start ram_size)) (not (and (bvule reg_start x) (bvult x (bvadd reg_start reg_size))))))
(check-sat)
