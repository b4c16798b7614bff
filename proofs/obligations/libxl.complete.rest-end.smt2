; Theorem libxl/complete, obligation rest-end.
; Every region of guests of xl that qualifies is advertised: each 64 MiB of free space, 2 MiB aligned, lies in
; one.
; In xen 4.16.0 to head, 40 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; It ends at or above the end of the chunk.
(set-logic QF_BV)
(declare-const chunk_block (_ BitVec 64))
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
; `chunk_block` begins 64 MiB of the unused part, in the address space.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl chunk_block #x0000000000000015)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t2 #x0000000003ffffff)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvshl window_block #x0000000000000015)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t5 window_used)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvadd t5 t1)))
(assert (and (bvult chunk_block #x0000000080000000) (bvule t3 t4) (bvule t6 t2) (bvult t2 t7) (bvule t6 t3) (bvult t3 t7)))
; What must be impossible.
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvsub t7 #x0000000000000001)))
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvadd t5 (bvand (bvadd window_used #x00000000001fffff) #xffffffffffe00000))))
(assert (or (and (bvule t4 t8) (bvule t9 t4) (not (bvule t3 t4))) (and (not (bvule t4 t8)) (bvule t9 t8) (not (bvule t3 t8)))))
(check-sat)
