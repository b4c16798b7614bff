; Theorem top-of-space/only-if, obligation room.
; A region of X bytes at the end of the address space shares a byte with what the guest has unless X <= 2^b -
; max(O, R), where O is the end of the other regions that begin below 2^b, R that of RAM: r1 + memory - s0 if
; the second window is used and begins below 2^b, else r0 + min(memory, s0).
; In xen 4.5.0 to head, 106 releases.
; xen/include/public/arch-arm.h: GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout
; tools/libs/guest/xg_dom_arm.c: meminit: banks are filled in order
;
; If X is more, the last byte below 2^b and below R, or below O, is one of the region.
(set-logic QF_BV)
(declare-const others_end_pages (_ BitVec 64))
(declare-const ram_end (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const top_size_pages (_ BitVec 64))
; Assumption space: the address space ends at 2^b, above the start of the first RAM window; 2^b is at most 2^52
; (xen/arch/arm/p2m.c setup_virt_paging: 32 bits or more, and GUEST_RAM0 begins below 2^32)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; Assumption some-pages: the region is whole pages, one or more, and not larger than the address space (who
; places it)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl top_size_pages #x000000000000000c)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl space_blocks #x0000000000000015)))
(assert (and (bvult top_size_pages #x0000020000000000) (bvult #x0000000000000000 t1) (bvule t1 t2)))
; Ends of regions are below 2^52.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl others_end_pages #x000000000000000c)))
(assert (and (bvult others_end_pages #x0000020000000000) (bvult t3 #x0010000000000000)))
; The end of RAM is below 2^53 (`ram-end`).
(assert (bvult ram_end #x0020000000000000))
; R is not 0 (`ram-end-is-met`).
(assert (bvult #x0000000000000000 ram_end))
; What must be impossible.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub t2 t1)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvsub (ite (bvule ram_end t2) ram_end t2) #x0000000000000001)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t4 t1)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvsub (ite (bvule t3 t2) t3 t2) #x0000000000000001)))
(assert (or (and (bvule ram_end t3) (bvule t3 t2) (not (bvule t1 (bvsub t2 t3))) (not (or (and (bvult #x0000000000000000 ram_end) (bvule t4 t5) (bvult t5 t6)) (and (bvult #x0000000000000000 t3) (bvule t4 t7) (bvult t7 t6))))) (and (bvule ram_end t3) (not (bvule t3 t2)) (not (bvule t1 #x0000000000000000)) (not (or (and (bvult #x0000000000000000 ram_end) (bvule t4 t5) (bvult t5 t6)) (and (bvult #x0000000000000000 t3) (bvule t4 t7) (bvult t7 t6))))) (and (not (bvule ram_end t3)) (bvule ram_end t2) (not (bvule t1 (bvsub t2 ram_end))) (not (or (and (bvult #x0000000000000000 ram_end) (bvule t4 t5) (bvult t5 t6)) (and (bvult #x0000000000000000 t3) (bvule t4 t7) (bvult t7 t6))))) (and (not (bvule ram_end t3)) (not (bvule ram_end t2)) (not (bvule t1 #x0000000000000000)) (not (or (and (bvult #x0000000000000000 ram_end) (bvule t4 t5) (bvult t5 t6)) (and (bvult #x0000000000000000 t3) (bvule t4 t7) (bvult t7 t6)))))))
(check-sat)
