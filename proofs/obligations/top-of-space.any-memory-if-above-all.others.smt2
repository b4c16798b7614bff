; Theorem top-of-space/any-memory-if-above-all, obligation others.
; A region of X bytes at the end of the address space shares no byte with what the guest has, whatever its
; memory, if all windows end below it.
; In xen 4.5.0 to head, 106 releases.
; xen/include/public/arch-arm.h: GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout
; tools/libs/guest/xg_dom_arm.c: meminit: banks are filled in order
;
; Nor is one of another region.
(set-logic QF_BV)
(declare-const limit (_ BitVec 64))
(declare-const memory (_ BitVec 64))
(declare-const other_size (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const ram0_block (_ BitVec 64))
(declare-const ram0_blocks (_ BitVec 64))
(declare-const ram1_block (_ BitVec 64))
(declare-const ram1_blocks (_ BitVec 64))
(declare-const top_size (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption space: the address space ends at 2^b, above the start of the first RAM window; 2^b is at most 2^52
; (xen/arch/arm/p2m.c setup_virt_paging: 32 bits or more, and GUEST_RAM0 begins below 2^32)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl ram0_block #x0000000000000015)))
(assert (and (bvult t1 limit) (bvule limit #x0010000000000000)))
; Assumption windows: the RAM windows of the guest layout begin and end at multiples of 2 MiB, ascend, do not
; touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h GUEST_RAM0 and
; GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (and (bvult ram0_block #x0000000080000000) (bvult #x0000000000000000 ram0_blocks) (bvult ram0_blocks #x0000000080000000) (bvult (bvadd ram0_block ram0_blocks) #x0000000080000000)))
; Assumption windows: the RAM windows of the guest layout begin and end at multiples of 2 MiB, ascend, do not
; touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h GUEST_RAM0 and
; GUEST_RAM1: properties aligned and banks of `verifier check`)
(assert (and (bvult ram1_block #x0000000080000000) (bvult #x0000000000000000 ram1_blocks) (bvult ram1_blocks #x0000000080000000) (bvult (bvadd ram1_block ram1_blocks) #x0000000080000000)))
; Assumption memory-fits: the guest has memory, and no more than its two RAM windows hold; the first window ends
; below the second (toolstacks: 0 and more than GUEST_RAM_MAX are refused)
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl ram0_blocks #x0000000000000015)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t1 t2)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvshl ram1_block #x0000000000000015)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvshl ram1_blocks #x0000000000000015)))
(assert (and (bvult t3 t4) (bvult #x0000000000000000 memory) (bvule memory (bvadd t2 t5))))
; Assumption some-bytes: the region has a byte, and is not larger than the address space (who places it)
(assert (and (bvult #x0000000000000000 top_size) (bvule top_size limit)))
; Assumption others-fit: other regions of the layout are not empty and end below 2^52 (xen/include/public/arch-
; arm.h: property well-formed of `verifier check`)
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd other_start other_size)))
(assert (and (bvult #x0000000000000000 other_size) (bvult other_size #x0010000000000000) (bvult other_start #x0010000000000000) (bvult t6 #x0010000000000000)))
; `x` is a byte of the region at the end.
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvsub limit top_size)))
(assert (and (bvule t7 x) (bvult x (bvadd t7 top_size))))
; Assumption above-all: both RAM windows, used or not, and all other regions end at or below the start of the
; region at the end (with the windows since 4.5.0: from 42 bits on, for up to 3 TiB)
(assert (and (bvule t3 t7) (bvule (bvadd t4 t5) t7) (bvule t6 t7)))
; What must be impossible.
(assert (and (bvule other_start x) (bvult x t6)))
(check-sat)
