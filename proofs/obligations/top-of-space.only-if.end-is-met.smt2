; Theorem top-of-space/only-if, obligation end-is-met.
; A region of X bytes at the end of the address space shares a byte with what the guest has unless X <= 2^b -
; max(O, R), where O is the end of the other regions that begin below 2^b, R that of RAM: r1 + memory - s0 if
; the second window is used and begins below 2^b, else r0 + min(memory, s0).
; In xen 4.5.0 to head, 106 releases.
; xen/include/public/arch-arm.h: GUEST_RAM0, GUEST_RAM1: RAM windows of the guest layout
; tools/libs/guest/xg_dom_arm.c: meminit: banks are filled in order
;
; A pass leaves O as it is, or makes it the end of its region, which begins below 2^b.
(set-logic QF_BV)
(declare-const limit (_ BitVec 64))
(declare-const other_size (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const others_end (_ BitVec 64))
; Assumption others-fit: other regions of the layout are not empty and end below 2^52 (xen/include/public/arch-
; arm.h: property well-formed of `verifier check`)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd other_start other_size)))
(assert (and (bvult #x0000000000000000 other_size) (bvult other_size #x0010000000000000) (bvult other_start #x0010000000000000) (bvult t1 #x0010000000000000)))
; Ends of regions are below 2^52.
(assert (bvult others_end #x0010000000000000))
; What must be impossible.
(assert (or (and (bvule limit other_start) (not (or (= others_end others_end) (and (bvult other_start limit) (= others_end t1))))) (and (not (bvule limit other_start)) (= other_size #x0000000000000000) (not (or (= others_end others_end) (and (bvult other_start limit) (= others_end t1))))) (and (not (bvule limit other_start)) (not (= other_size #x0000000000000000)) (bvule others_end t1) (not (or (= t1 others_end) (and (bvult other_start limit) (= t1 t1))))) (and (not (bvule limit other_start)) (not (= other_size #x0000000000000000)) (not (bvule others_end t1)) (not (or (= others_end others_end) (and (bvult other_start limit) (= others_end t1)))))))
(check-sat)
