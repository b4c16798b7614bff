; Theorem top-of-space/sound-if, obligation ram-end.
; A region of X bytes at the end of the address space shares no byte with what the guest has if X <= 2^b -
; max(O, R), where O is the end of the other regions that begin below 2^b, R that of RAM: r1 + memory - s0 if
; the second window is used and begins below 2^b, else r0 + min(memory, s0).
; In xen 4.5.0 to head, 106 releases.
; xen/include/public/arch-arm.h: GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout
; tools/libs/guest/xg_dom_arm.c: meminit: banks are filled in order
;
; Every byte of RAM below 2^b is below R, which is below 2^53.
(set-logic QF_BV)
(declare-const memory_pages (_ BitVec 64))
(declare-const ram0_block (_ BitVec 64))
(declare-const ram0_blocks (_ BitVec 64))
(declare-const ram1_block (_ BitVec 64))
(declare-const ram1_blocks (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption space: the address space ends at 2^b, above the start of the first RAM window; 2^b is at most 2^52
; (xen/arch/arm/p2m.c setup_virt_paging: 32 bits or more, and GUEST_RAM0 begins below 2^32)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; Assumption space: the address space ends at 2^b, above the start of the first RAM window; 2^b is at most 2^52
; (xen/arch/arm/p2m.c setup_virt_paging: 32 bits or more, and GUEST_RAM0 begins below 2^32)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl ram0_block #x0000000000000015)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl space_blocks #x0000000000000015)))
(assert (bvult t1 t2))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (and (bvult ram0_block #x0000000080000000) (bvult #x0000000000000000 ram0_blocks) (bvult ram0_blocks #x0000000080000000) (bvult (bvadd ram0_block ram0_blocks) #x0000000080000000)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (and (bvult ram1_block #x0000000080000000) (bvult #x0000000000000000 ram1_blocks) (bvult ram1_blocks #x0000000080000000) (bvult (bvadd ram1_block ram1_blocks) #x0000000080000000)))
; Assumption memory-fits: the guest has whole pages of memory, one or more, and no more than its two RAM windows
; hold; the first window ends below the second (toolstacks: 0 and more than GUEST_RAM_MAX are refused)
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl ram0_blocks #x0000000000000015)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvadd t1 t3)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvshl ram1_block #x0000000000000015)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvshl memory_pages #x000000000000000c)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvshl ram1_blocks #x0000000000000015)))
(assert (and (bvult memory_pages #x0000020000000000) (bvult t4 t5) (bvult #x0000000000000000 t6) (bvule t6 (bvadd t3 t7))))
; `x` is an address.
(assert (bvult x t2))
; What must be impossible.
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvsub t6 t6)))
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvsub t6 t3)))
(declare-const t10 (_ BitVec 64))
(assert (= t10 (bvadd t5 t9)))
(declare-const t11 (_ BitVec 64))
(assert (= t11 (bvadd t1 t6)))
(assert (or (and (bvult t3 t6) (bvult t5 t2) (bvule t6 t3) (bvule t8 t7) (not (and (bvult t10 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t11)) (and (bvule t5 x) (bvult x (bvadd t5 t8))))) (bvult x t10))))) (and (bvult t3 t6) (bvult t5 t2) (bvule t6 t3) (not (bvule t8 t7)) (not (and (bvult t10 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t11)) (and (bvule t5 x) (bvult x (bvadd t5 t7))))) (bvult x t10))))) (and (bvult t3 t6) (bvult t5 t2) (not (bvule t6 t3)) (bvule t9 t7) (not (and (bvult t10 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t4)) (and (bvule t5 x) (bvult x t10)))) (bvult x t10))))) (and (bvult t3 t6) (bvult t5 t2) (not (bvule t6 t3)) (not (bvule t9 t7)) (not (and (bvult t10 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t4)) (and (bvule t5 x) (bvult x (bvadd t5 t7))))) (bvult x t10))))) (and (bvult t3 t6) (not (bvult t5 t2)) (bvule t6 t3) (bvule t8 t7) (not (and (bvult t11 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t11)) (and (bvule t5 x) (bvult x (bvadd t5 t8))))) (bvult x t11))))) (and (bvult t3 t6) (not (bvult t5 t2)) (bvule t6 t3) (not (bvule t8 t7)) (not (and (bvult t11 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t11)) (and (bvule t5 x) (bvult x (bvadd t5 t7))))) (bvult x t11))))) (and (bvult t3 t6) (not (bvult t5 t2)) (not (bvule t6 t3)) (bvule t9 t7) (not (and (bvult t4 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t4)) (and (bvule t5 x) (bvult x t10)))) (bvult x t4))))) (and (bvult t3 t6) (not (bvult t5 t2)) (not (bvule t6 t3)) (not (bvule t9 t7)) (not (and (bvult t4 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t4)) (and (bvule t5 x) (bvult x (bvadd t5 t7))))) (bvult x t4))))) (and (not (bvult t3 t6)) (bvule t6 t3) (bvule t8 t7) (not (and (bvult t11 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t11)) (and (bvule t5 x) (bvult x (bvadd t5 t8))))) (bvult x t11))))) (and (not (bvult t3 t6)) (bvule t6 t3) (not (bvule t8 t7)) (not (and (bvult t11 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t11)) (and (bvule t5 x) (bvult x (bvadd t5 t7))))) (bvult x t11))))) (and (not (bvult t3 t6)) (not (bvule t6 t3)) (bvule t9 t7) (not (and (bvult t4 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t4)) (and (bvule t5 x) (bvult x t10)))) (bvult x t4))))) (and (not (bvult t3 t6)) (not (bvule t6 t3)) (not (bvule t9 t7)) (not (and (bvult t4 #x0020000000000000) (or (not (or (and (bvule t1 x) (bvult x t4)) (and (bvule t5 x) (bvult x (bvadd t5 t7))))) (bvult x t4)))))))
(check-sat)
