; Theorem libxl/sorted, obligation two-banks.
; Every region of guests of xl starts above the end of the one before it in `reg`.
; In xen 4.16.0 to head, 40 releases.
; Linux drivers/xen/unpopulated-alloc.c, arch/arm/xen/enlighten.c: arch_xen_unpopulated_init
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; The rest of the next window starts above the end of the one before.
(set-logic QF_BV)
(declare-const next_block (_ BitVec 64))
(declare-const next_blocks (_ BitVec 64))
(declare-const next_used (_ BitVec 64))
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
(assert (= t1 (bvadd window_block window_blocks)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl window_blocks #x0000000000000015)))
(assert (and (bvult window_block #x0000000080000000) (bvult #x0000000000000000 window_blocks) (bvult window_blocks #x0000000080000000) (bvult t1 #x0000000080000000) (bvule window_used t2)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl next_blocks #x0000000000000015)))
(assert (and (bvult next_block #x0000000080000000) (bvult #x0000000000000000 next_blocks) (bvult next_blocks #x0000000080000000) (bvult (bvadd next_block next_blocks) #x0000000080000000) (bvule next_used t3)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (bvult t1 next_block))
; What must be impossible.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvshl window_block #x0000000000000015)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvsub (bvadd t5 t2) #x0000000000000001)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvshl next_block #x0000000000000015)))
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvadd t5 (bvand (bvadd window_used #x00000000001fffff) #xffffffffffe00000))))
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvadd t7 (bvand (bvadd next_used #x00000000001fffff) #xffffffffffe00000))))
(assert (or (and (bvule t4 t6) (bvule t4 (bvsub (bvadd t7 t3) #x0000000000000001)) (bvule t8 t4) (not (bvult (bvadd t4 #x0000000000000001) t9))) (and (bvule t4 t6) (not (bvule t4 (bvsub (bvadd t7 t3) #x0000000000000001))) (bvule t8 t4) (not (bvult (bvadd t4 #x0000000000000001) t9))) (and (not (bvule t4 t6)) (bvule t4 (bvsub (bvadd t7 t3) #x0000000000000001)) (bvule t8 t6) (not (bvult (bvadd t6 #x0000000000000001) t9))) (and (not (bvule t4 t6)) (not (bvule t4 (bvsub (bvadd t7 t3) #x0000000000000001))) (bvule t8 t6) (not (bvult (bvadd t6 #x0000000000000001) t9)))))
(check-sat)
