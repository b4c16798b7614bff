; Theorem guest-layout/producers-agree, obligation rests.
; A guest of xl and a dom0less guest with the same memory and the same addresses mapped to them are offered the
; same regions.
; In xen 4.17.0 to 4.20.4, 27 releases.
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node
; xen/arch/arm/domain_build.c: find_domU_holes
;
; The rest of a bank makes the same region, or none, for both.
(set-logic QF_BV)
(declare-const space_blocks (_ BitVec 64))
(declare-const window_block (_ BitVec 64))
(declare-const window_blocks (_ BitVec 64))
(declare-const window_used (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl window_blocks #x0000000000000015)))
(assert (and (bvult window_block #x0000000080000000) (bvult #x0000000000000000 window_blocks) (bvult window_blocks #x0000000080000000) (bvult (bvadd window_block window_blocks) #x0000000080000000) (bvule window_used t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl window_block #x0000000000000015)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub (bvadd t3 t1) #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvand (bvadd (bvadd t3 window_used) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd (bvsub t2 t5) #x0000000000000001)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvadd t3 (bvand (bvadd window_used #x00000000001fffff) #xffffffffffe00000))))
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvadd (bvsub t2 t7) #x0000000000000001)))
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvadd (bvsub t4 t5) #x0000000000000001)))
(declare-const t10 (_ BitVec 64))
(assert (= t10 (bvadd (bvsub t4 t7) #x0000000000000001)))
(assert (or (and (bvule t2 t4) (bvult t5 t2) (bvule #x0000000004000000 t6) (bvule t7 t2) (bvule #x0000000004000000 t8) (not (and (= t5 t7) (= t6 t8)))) (and (bvule t2 t4) (bvult t5 t2) (bvule #x0000000004000000 t6) (bvule t7 t2) (not (bvule #x0000000004000000 t8))) (and (bvule t2 t4) (bvult t5 t2) (bvule #x0000000004000000 t6) (not (bvule t7 t2))) (and (bvule t2 t4) (bvult t5 t2) (not (bvule #x0000000004000000 t6)) (bvule t7 t2) (bvule #x0000000004000000 t8)) (and (bvule t2 t4) (not (bvult t5 t2)) (bvule t7 t2) (bvule #x0000000004000000 t8)) (and (not (bvule t2 t4)) (bvult t5 t4) (bvule #x0000000004000000 t9) (bvule t7 t4) (bvule #x0000000004000000 t10) (not (and (= t5 t7) (= t9 t10)))) (and (not (bvule t2 t4)) (bvult t5 t4) (bvule #x0000000004000000 t9) (bvule t7 t4) (not (bvule #x0000000004000000 t10))) (and (not (bvule t2 t4)) (bvult t5 t4) (bvule #x0000000004000000 t9) (not (bvule t7 t4))) (and (not (bvule t2 t4)) (bvult t5 t4) (not (bvule #x0000000004000000 t9)) (bvule t7 t4) (bvule #x0000000004000000 t10)) (and (not (bvule t2 t4)) (not (bvult t5 t4)) (bvule t7 t4) (bvule #x0000000004000000 t10))))
(check-sat)
