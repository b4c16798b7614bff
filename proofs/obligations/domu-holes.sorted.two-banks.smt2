; Theorem domu-holes/sorted, obligation two-banks.
; Every region of dom0less guests with the guest layout starts above the end of the one before it in `reg`.
; In xen 4.17.0 to 4.20.4, 27 releases.
; Linux drivers/xen/unpopulated-alloc.c, arch/arm/xen/enlighten.c: arch_xen_unpopulated_init
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; The rest of the next window starts above the end of the one before.
(set-logic QF_BV)
(declare-const later_rest_block (_ BitVec 64))
(declare-const later_rest_blocks (_ BitVec 64))
(declare-const next_block (_ BitVec 64))
(declare-const next_blocks (_ BitVec 64))
(declare-const next_used (_ BitVec 64))
(declare-const rest_block (_ BitVec 64))
(declare-const rest_blocks (_ BitVec 64))
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
; By domu-holes/rest it is one of whole blocks below 2^52.
(assert (and (bvult rest_block #x0000000080000000) (bvult #x0000000000000000 rest_blocks) (bvult rest_blocks #x0000000080000000) (bvult (bvadd rest_block rest_blocks) #x0000000080000000)))
; By domu-holes/rest it lies in the unused part of its window.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl rest_blocks #x0000000000000015)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvshl window_block #x0000000000000015)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvshl rest_block #x0000000000000015)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t5 t3)))
(assert (and (bvule #x0000000004000000 t3) (bvule (bvadd t4 window_used) t5) (bvule t6 (bvadd t4 t2)) (bvule t6 (bvadd (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x0000000000000001))))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (and (bvult next_block #x0000000080000000) (bvult #x0000000000000000 next_blocks) (bvult next_blocks #x0000000080000000) (bvult (bvadd next_block next_blocks) #x0000000080000000) (bvule next_used (bvshl next_blocks #x0000000000000015))))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (bvult t1 next_block))
; By domu-holes/rest the later rest lies in the unused part of its window.
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvshl later_rest_block #x0000000000000015)))
(assert (and (bvult later_rest_block #x0000000080000000) (bvult #x0000000000000000 later_rest_blocks) (bvult later_rest_blocks #x0000000080000000) (bvult (bvadd later_rest_block later_rest_blocks) #x0000000080000000) (bvule (bvadd (bvshl next_block #x0000000000000015) next_used) t7)))
; What must be impossible.
(assert (not (bvult t6 t7)))
(check-sat)
