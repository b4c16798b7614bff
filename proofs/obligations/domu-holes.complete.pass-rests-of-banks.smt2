; Theorem domu-holes/complete, obligation pass-rests-of-banks.
; Every region of dom0less guests with the guest layout that qualifies is advertised: each 64 MiB of free space,
; 2 MiB aligned, lies in one.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; The pass for a rest is about the number of each of its bytes.
(set-logic QF_BV)
(declare-const rest_block (_ BitVec 64))
(declare-const rest_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; By domu-holes/rest it is one of whole blocks below 2^52.
(assert (and (bvult rest_block #x0000000080000000) (bvult #x0000000000000000 rest_blocks) (bvult rest_blocks #x0000000080000000) (bvult (bvadd rest_block rest_blocks) #x0000000080000000)))
; `x` is a byte of the rest.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl rest_block #x0000000000000015)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvadd t1 (bvshl rest_blocks #x0000000000000015))))
(assert (and (bvule t1 x) (bvult x t2)))
; What must be impossible.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvlshr x #x000000000000000c)))
(assert (not (and (bvule (bvlshr t1 #x000000000000000c) t3) (bvule t3 (bvlshr (bvsub t2 #x0000000000000001) #x000000000000000c)))))
(check-sat)
