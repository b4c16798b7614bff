; Theorem domu-holes/preconditions-if-sensible, obligation pass-assigned-xen-reg.
; Every region of dom0less guests with the guest layout comes from range operations whose start was not above
; their end, if sensible-entries.
; In xen 4.21.0 to head, 5 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/preconditions-if-sensible.
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const assigned_first (_ BitVec 64))
(declare-const assigned_last (_ BitVec 64))
; By rangeset/add a range of the set is in order; sensible-entries says where its entries end.
(assert (and (bvule assigned_first assigned_last) (bvule assigned_last #x000ffffffffffffe)))
; What must be impossible.
(assert (not (and (bvule assigned_first assigned_last) (bvult assigned_last #xffffffffffffffff))))
(check-sat)
