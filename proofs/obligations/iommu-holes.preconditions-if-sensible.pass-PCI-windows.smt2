; Theorem iommu-holes/preconditions-if-sensible, obligation pass-PCI-windows.
; Every region of dom0 and direct-mapped domains with IOMMU comes from range operations whose start was not
; above their end, if sensible-entries.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const window_size (_ BitVec 64))
(declare-const window_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule window_size #xffffffffffffffff) (bvult #x0000000000000000 window_size) (bvule window_size #xfffffffffffff000) (bvule window_start (bvsub #xfffffffffffff000 window_size))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvand window_start #xfffffffffffff000)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr (bvsub (bvadd t1 (bvsub (bvand (bvadd (bvadd window_start window_size) #x0000000000000fff) #xfffffffffffff000) t1)) #x0000000000000001) #x0000000000000000)))
(assert (not (and (bvule (bvlshr t1 #x0000000000000000) t2) (bvult t2 #xffffffffffffffff))))
(check-sat)
