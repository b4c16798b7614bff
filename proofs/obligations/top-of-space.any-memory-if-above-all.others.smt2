; Theorem top-of-space/any-memory-if-above-all, obligation others.
; A region of X bytes at the end of the address space shares no byte with what the guest has, whatever its
; memory, if all windows end below it.
; In xen 4.5.0 to head, 106 releases.
; xen/include/public/arch-arm.h: GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout
; tools/libs/guest/xg_dom_arm.c: meminit: banks are filled in order
;
; Nor is one of another region.
(set-logic QF_BV)
(declare-const memory_pages (_ BitVec 64))
(declare-const other_size_pages (_ BitVec 64))
(declare-const other_start_pages (_ BitVec 64))
(declare-const ram0_block (_ BitVec 64))
(declare-const ram0_blocks (_ BitVec 64))
(declare-const ram1_block (_ BitVec 64))
(declare-const ram1_blocks (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const top_size_pages (_ BitVec 64))
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
; Assumption some-pages: the region is whole pages, one or more, and not larger than the address space (who
; places it)
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvshl top_size_pages #x000000000000000c)))
(assert (and (bvult top_size_pages #x0000020000000000) (bvult #x0000000000000000 t8) (bvule t8 t2)))
; Assumption others-fit: other regions of the layout are whole pages, not empty, and end below 2^52
; (xen/include/public/arch-arm.h: properties well-formed and aligned of `verifier check`)
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvshl other_size_pages #x000000000000000c)))
(declare-const t10 (_ BitVec 64))
(assert (= t10 (bvshl other_start_pages #x000000000000000c)))
(declare-const t11 (_ BitVec 64))
(assert (= t11 (bvadd t10 t9)))
(assert (and (bvult other_start_pages #x0000020000000000) (bvult other_size_pages #x0000020000000000) (bvult #x0000000000000000 t9) (bvult t11 #x0010000000000000)))
; `x` is a byte of the region at the end.
(declare-const t12 (_ BitVec 64))
(assert (= t12 (bvsub t2 t8)))
(assert (and (bvule t12 x) (bvult x (bvadd t12 t8))))
; Assumption above-all: both RAM windows, used or not, and all other regions end at or below the start of the
; region at the end (with the windows since 4.5.0: from 42 bits on, for up to 3 TiB)
(assert (and (bvule t4 t12) (bvule (bvadd t5 t7) t12) (bvule t11 t12)))
; What must be impossible.
(assert (and (bvule t10 x) (bvult x t11)))
(check-sat)
