; Theorem domu-holes/preconditions-if-sensible, obligation pass-rests-of-banks.
; Every region of dom0less guests with the guest layout comes from range operations whose start was not above
; their end, if sensible-entries.
; In xen 4.19.0 to head, 17 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of domu-holes/preconditions.
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const rest_block (_ BitVec 64))
(declare-const rest_blocks (_ BitVec 64))
; By domu-holes/rest it is one of whole blocks below 2^52.
(assert (and (bvult rest_block #x0000000080000000) (bvult #x0000000000000000 rest_blocks) (bvult rest_blocks #x0000000080000000) (bvult (bvadd rest_block rest_blocks) #x0000000080000000)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl rest_block #x0000000000000015)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr (bvsub (bvadd t1 (bvshl rest_blocks #x0000000000000015)) #x0000000000000001) #x000000000000000c)))
(assert (not (and (bvule (bvlshr t1 #x000000000000000c) t2) (bvult t2 #xffffffffffffffff))))
(check-sat)
