; Theorem libxl/within-ipa, obligation bank.
; Every region of guests of xl ends at or below 2^b, and its end does not wrap.
; In xen 4.16.0 to 4.20.4, 35 releases.
; Arm ARM DDI 0487: D8.2, stage 2 input address size, VTCR_EL2.T0SZ
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; It ends in the address space, without wrapping.
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
(assert (= t5 (bvadd t3 (bvand (bvadd window_used #x00000000001fffff) #xffffffffffe00000))))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd (bvsub t2 t5) #x0000000000000001)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvadd t5 (bvsub t6 #x0000000000000001))))
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvadd (bvsub t4 t5) #x0000000000000001)))
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvadd t5 (bvsub t8 #x0000000000000001))))
(assert (or (and (bvule t2 t4) (bvule t5 t2) (bvule #x0000000004000000 t6) (not (and (bvult #x0000000000000000 t6) (bvule t5 t7) (bvule t7 t2)))) (and (not (bvule t2 t4)) (bvule t5 t4) (bvule #x0000000004000000 t8) (not (and (bvult #x0000000000000000 t8) (bvule t5 t9) (bvule t9 t2))))))
(check-sat)
