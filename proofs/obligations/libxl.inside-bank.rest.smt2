; Theorem libxl/inside-bank, obligation rest.
; Every region of guests of xl lies in one RAM window of the guest layout, above the part that is used.
; In xen 4.16.0 to head, 40 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/include/public/arch-arm.h: RAM windows also host the extended regions
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; The rest is unused and in the window.
(set-logic QF_BV)
(declare-const space_blocks (_ BitVec 64))
(declare-const window_block (_ BitVec 64))
(declare-const window_blocks (_ BitVec 64))
(declare-const window_used (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl window_blocks #x0000000000000015)))
(assert (and (bvult window_block #x0000000080000000) (bvult #x0000000000000000 window_blocks) (bvult window_blocks #x0000000080000000) (bvult (bvadd window_block window_blocks) #x0000000080000000) (bvule window_used t1)))
; `x` lies in the unused part of no window, so not of this one.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl window_block #x0000000000000015)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t2 t1)))
(assert (not (and (bvule (bvadd t2 window_used) x) (bvult x t3))))
; What must be impossible.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvsub t3 #x0000000000000001)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t2 (bvand (bvadd window_used #x00000000001fffff) #xffffffffffe00000))))
(assert (or (and (bvule t4 t5) (bvule t6 t4) (bvule t6 x) (bvule x t4)) (and (not (bvule t4 t5)) (bvule t6 t5) (bvule t6 x) (bvule x t5))))
(check-sat)
