; Theorem iommu-holes/avoids-pci-windows, obligation pass.
; Every region of dom0 and direct-mapped domains with IOMMU has no address of a PCI host bridge's window.
; In xen 4.19.3 to head, 13 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; The pass for an entry is about the number of each of its bytes.
(set-logic QF_BV)
(declare-const window_size (_ BitVec 64))
(declare-const window_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule window_size #xffffffffffffffff) (bvult #x0000000000000000 window_size) (bvule window_size #xfffffffffffff000) (bvule window_start (bvsub #xfffffffffffff000 window_size))))
; `x` is a byte of the entry.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd window_start window_size)))
(assert (and (bvule window_start x) (bvult x t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvand window_start #xfffffffffffff000)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvlshr x #x000000000000000c)))
(assert (and (bvule window_size (bvsub #xffffffffffffffff window_start)) (not (and (bvule (bvlshr t2 #x000000000000000c) t3) (bvule t3 (bvlshr (bvsub (bvadd t2 (bvsub (bvand (bvadd t1 #x0000000000000fff) #xfffffffffffff000) t2)) #x0000000000000001) #x000000000000000c))))))
(check-sat)
