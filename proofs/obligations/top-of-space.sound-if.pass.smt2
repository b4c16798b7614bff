; Theorem top-of-space/sound-if, obligation pass.
; A region of X bytes at the end of the address space shares no byte with what the guest has if X <= 2^b -
; max(O, R), where O is the end of the other regions that begin below 2^b, R that of RAM: r1 + memory - s0 if
; the second window is used and begins below 2^b, else r0 + min(memory, s0).
; In xen 4.5.0 to head, 106 releases.
; xen/include/public/arch-arm.h: GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout
; tools/libs/guest/xg_dom_arm.c: meminit: banks are filled in order
;
; A pass makes O no less, and not less than the end of its region, if that begins below 2^b.
(set-logic QF_BV)
(declare-const other_size_pages (_ BitVec 64))
(declare-const other_start_pages (_ BitVec 64))
(declare-const others_end_pages (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
; Assumption others-fit: other regions of the layout are whole pages, not empty, and end below 2^52
; (xen/include/public/arch-arm.h: properties well-formed and aligned of `verifier check`)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl other_size_pages #x000000000000000c)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl other_start_pages #x000000000000000c)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t2 t1)))
(assert (and (bvult other_start_pages #x0000020000000000) (bvult other_size_pages #x0000020000000000) (bvult #x0000000000000000 t1) (bvult t3 #x0010000000000000)))
; Ends of regions are below 2^52.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvshl others_end_pages #x000000000000000c)))
(assert (and (bvult others_end_pages #x0000020000000000) (bvult t4 #x0010000000000000)))
; What must be impossible.
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvshl space_blocks #x0000000000000015)))
(assert (or (and (bvule t5 t2) (not (and (bvule t4 t4) (bvult t4 #x0010000000000000) (or (not (bvult t2 t5)) (bvule t3 t4))))) (and (not (bvule t5 t2)) (= t1 #x0000000000000000) (not (and (bvule t4 t4) (bvult t4 #x0010000000000000) (or (not (bvult t2 t5)) (bvule t3 t4))))) (and (not (bvule t5 t2)) (not (= t1 #x0000000000000000)) (bvule t4 t3) (not (and (bvule t4 t3) (bvult t3 #x0010000000000000) (or (not (bvult t2 t5)) (bvule t3 t3))))) (and (not (bvule t5 t2)) (not (= t1 #x0000000000000000)) (not (bvule t4 t3)) (not (and (bvule t4 t4) (bvult t4 #x0010000000000000) (or (not (bvult t2 t5)) (bvule t3 t4)))))))
(check-sat)
