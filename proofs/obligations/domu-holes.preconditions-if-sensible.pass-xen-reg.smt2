; Theorem domu-holes/preconditions-if-sensible, obligation pass-xen-reg.
; Every region of dom0less guests with the guest layout comes from range operations whose start was not above
; their end, if sensible-entries.
; In xen 4.21.0 to head, 5 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/preconditions-if-sensible, unallocated/preconditions-if-sensible.
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const xen_reg_size (_ BitVec 64))
(declare-const xen_reg_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule xen_reg_size #xffffffffffffffff) (bvult #x0000000000000000 xen_reg_size) (bvule xen_reg_size #xfffffffffffff000) (bvule xen_reg_start (bvsub #xfffffffffffff000 xen_reg_size))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr (bvsub (bvadd xen_reg_start xen_reg_size) #x0000000000000001) #x000000000000000c)))
(assert (not (and (bvule (bvlshr xen_reg_start #x000000000000000c) t1) (bvult t1 #xffffffffffffffff))))
(check-sat)
