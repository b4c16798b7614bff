; Theorem libxl/avoids-domain-ram, obligation rest.
; Every region of guests of xl has no address of RAM that the domain uses.
; In xen 4.16.0 to head, 40 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; The rest of a window has no RAM.
(set-logic QF_BV)
(declare-const bank_block (_ BitVec 64))
(declare-const bank_blocks (_ BitVec 64))
(declare-const bank_used (_ BitVec 64))
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
(assert (= t1 (bvadd window_block window_blocks)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl window_blocks #x0000000000000015)))
(assert (and (bvult window_block #x0000000080000000) (bvult #x0000000000000000 window_blocks) (bvult window_blocks #x0000000080000000) (bvult t1 #x0000000080000000) (bvule window_used t2)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd bank_block bank_blocks)))
(assert (and (bvult bank_block #x0000000080000000) (bvult #x0000000000000000 bank_blocks) (bvult bank_blocks #x0000000080000000) (bvult t3 #x0000000080000000) (bvule bank_used (bvshl bank_blocks #x0000000000000015))))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (or (and (= bank_block window_block) (= bank_blocks window_blocks) (= bank_used window_used)) (bvult t3 window_block) (bvult t1 bank_block)))
; `x` is RAM of the guest.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvshl bank_block #x0000000000000015)))
(assert (and (bvule t4 x) (bvult x (bvadd t4 bank_used))))
; What must be impossible.
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvshl window_block #x0000000000000015)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvsub (bvadd t6 t2) #x0000000000000001)))
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvadd t6 (bvand (bvadd window_used #x00000000001fffff) #xffffffffffe00000))))
(assert (or (and (bvule t5 t7) (bvule t8 t5) (bvule t8 x) (bvule x t5)) (and (not (bvule t5 t7)) (bvule t8 t7) (bvule t8 x) (bvule x t7))))
(check-sat)
