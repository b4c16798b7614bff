; Theorem domu-holes/avoids-domain-ram, obligation rest.
; Every region of dom0less guests with the guest layout has no address of RAM that the domain uses.
; In xen 4.17.0 to head, 32 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; What is added starts above every byte of RAM.
(set-logic QF_BV)
(declare-const bank_block (_ BitVec 64))
(declare-const bank_blocks (_ BitVec 64))
(declare-const bank_used (_ BitVec 64))
(declare-const rest_block (_ BitVec 64))
(declare-const rest_blocks (_ BitVec 64))
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
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvadd bank_block bank_blocks)))
(assert (and (bvult bank_block #x0000000080000000) (bvult #x0000000000000000 bank_blocks) (bvult bank_blocks #x0000000080000000) (bvult t7 #x0000000080000000) (bvule bank_used (bvshl bank_blocks #x0000000000000015))))
; Assumption banks-in-order: a guest uses a window only if it uses all of those before it
; (xen/arch/arm/dom0less-build.c allocate_memory, assign_static_memory: bank 0 is filled first)
(assert (or (and (= bank_block window_block) (= bank_blocks window_blocks) (= bank_used window_used)) (bvult t7 window_block) (and (bvult t1 bank_block) (= window_used t2))))
; `x` is RAM of the guest.
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvshl bank_block #x0000000000000015)))
(assert (and (bvule t8 x) (bvult x (bvadd t8 bank_used))))
; What must be impossible.
(assert (not (bvult x t5)))
(check-sat)
