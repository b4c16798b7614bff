; Theorem iommu-holes/preconditions-if-sensible, obligation pass-reg.
; Every region of dom0 and direct-mapped domains with IOMMU comes from range operations whose start was not
; above their end, if sensible-entries.
; In xen 4.18.0 to head, 24 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reg_size #xffffffffffffffff) (bvult #x0000000000000000 reg_size) (bvule reg_size #xfffffffffffff000) (bvule reg_start (bvsub #xfffffffffffff000 reg_size))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvand reg_start #xfffffffffffff000)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr (bvsub (bvadd t1 (bvsub (bvand (bvadd (bvadd reg_start reg_size) #x0000000000000fff) #xfffffffffffff000) t1)) #x0000000000000001) #x000000000000000c)))
(assert (not (and (bvule (bvlshr t1 #x000000000000000c) t2) (bvult t2 #xffffffffffffffff))))
(check-sat)
