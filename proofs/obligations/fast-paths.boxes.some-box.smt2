; Theorem fast-paths/boxes, obligation some-box.
; Every grant region of whole pages lies in exactly one of the boxes of places.
; In xen 4.16.0 to head, 21 releases.
; verifier/xen/open_grant.py: boxes: every place of a grant region that is not known
;
; A grant region is in a box.
(set-logic QF_BV)
(declare-const grant_end_page (_ BitVec 64))
(declare-const grant_first_page (_ BitVec 64))
(declare-const region_block (_ BitVec 64))
(declare-const region_blocks (_ BitVec 64))
; The region is whole blocks, of 64 MiB or more, and ends below 2^52 (`alone`).
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl region_blocks #x0000000000000015)))
(assert (and (bvult region_block #x0000000080000000) (bvult #x0000000000000000 region_blocks) (bvult region_blocks #x0000000080000000) (bvult (bvadd region_block region_blocks) #x0000000080000000) (bvule #x0000000004000000 t1)))
; The grant region is whole pages, one or more, below 2^52.
(assert (and (bvult grant_first_page grant_end_page) (bvult grant_end_page #x0000010000000000)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl region_block #x0000000000000015)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t2 #x0000000004000000)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvadd t3 #x0000000000000000)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvadd t2 t1)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t5 #x0000000000000000)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvadd t2 #x0000000000001000)))
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvsub t5 #x0000000004000000)))
(declare-const t9 (_ BitVec 64))
(assert (= t9 (bvadd t8 #x0000000000001000)))
(declare-const t10 (_ BitVec 64))
(assert (= t10 (bvshl grant_first_page #x000000000000000c)))
(declare-const t11 (_ BitVec 64))
(assert (= t11 (bvshl grant_end_page #x000000000000000c)))
(assert (or (bvult t3 t2) (and (not (bvult t3 t2)) (bvult t4 t3)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (bvult t5 #x0000000004000000)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (bvult t6 t5)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (bvult t4 #x0000000000001000)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (bvult t7 t2)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (not (bvult t7 t2)) (bvule t2 t8) (bvult t9 t8)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (not (bvult t7 t2)) (bvule t2 t8) (not (bvult t9 t8)) (bvult t6 #x0000000000001000)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (not (bvult t7 t2)) (bvule t2 t8) (not (bvult t9 t8)) (not (bvult t6 #x0000000000001000)) (not (or (and (bvule #x0000000000000000 t10) (bvule #x0000000000000000 t11) (bvule t11 t2)) (and (bvule #x0000000000000000 t10) (bvule t10 (bvsub t4 #x0000000000001000)) (bvule t7 t11) (bvule t11 t8)) (and (bvule t4 t10) (bvule #x0000000000000000 t11) (bvule t11 t8)) (and (bvule #x0000000000000000 t10) (bvule t10 (bvsub t4 #x0000000000001000)) (bvule t9 t11)) (and (bvule t4 t10) (bvule t10 (bvsub t6 #x0000000000001000)) (bvule t9 t11)) (and (bvule t6 t10) (bvule #x0000000000000000 t11))))) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (not (bvult t7 t2)) (not (bvule t2 t8)) (bvult t6 #x0000000000001000)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (not (bvult t7 t2)) (not (bvule t2 t8)) (not (bvult t6 #x0000000000001000)) (bvult t9 t8)) (and (not (bvult t3 t2)) (not (bvult t4 t3)) (not (bvult t5 #x0000000004000000)) (not (bvult t6 t5)) (not (bvult t4 #x0000000000001000)) (not (bvult t7 t2)) (not (bvule t2 t8)) (not (bvult t6 #x0000000000001000)) (not (bvult t9 t8)) (not (or (and (bvule #x0000000000000000 t10) (bvule #x0000000000000000 t11) (bvule t11 t2)) (and (bvule #x0000000000000000 t10) (bvule t10 (bvsub t4 #x0000000000001000)) (bvule t7 t11) (bvule t11 t8)) (and (bvule t4 t10) (bvule #x0000000000000000 t11) (bvule t11 t8)) (and (bvule #x0000000000000000 t10) (bvule t10 (bvsub t4 #x0000000000001000)) (bvule t7 t11)) (and (bvule t4 t10) (bvule t10 (bvsub t6 #x0000000000001000)) (bvule t9 t11)) (and (bvule t6 t10) (bvule #x0000000000000000 t11)))))))
(check-sat)
