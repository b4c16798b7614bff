; Theorem fast-paths/box-regions, obligation above-of-little.
; Of each grant region in a box the producer makes the regions that the box describes.
; In xen 4.18.0 to 4.20.4, 19 releases.
; verifier/xen/open_grant.py: boxes: every place of a grant region that is not known
; xen/arch/arm/domain_build.c: find_unallocated_memory, add_ext_regions (b6fe410936)
;
; Of a piece that makes no region the part above makes none.
(set-logic QF_BV)
(declare-const grant_end_page (_ BitVec 64))
(declare-const grant_first_page (_ BitVec 64))
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
; The piece is a range of free numbers below 2^52, of whole pages; the grant region lies in it.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl grant_first_page #x000000000000000c)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr (bvsub (bvadd t1 (bvsub (bvshl grant_end_page #x000000000000000c) t1)) #x0000000000000001) #x000000000000000c)))
(assert (and (bvule piece_first piece_last) (bvult piece_last #x000000ffffffffff) (bvule piece_first (bvlshr t1 #x000000000000000c)) (bvule t2 piece_last)))
; The grant region is whole pages, one or more, below 2^52.
(assert (and (bvult grant_first_page grant_end_page) (bvult grant_end_page #x0000010000000000)))
; What must be impossible.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl piece_last #x000000000000000c)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvand (bvadd (bvshl piece_first #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvand (bvadd (bvshl (bvadd t2 #x0000000000000001) #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t3 #x0000000000000001)))
(assert (or (and (bvult t3 t4) (bvult t2 piece_last) (not (bvult t3 t5)) (bvule #x0000000004000000 (bvand (bvsub t6 t5) #xffffffffffe00000))) (and (not (bvult t3 t4)) (not (bvule #x0000000004000000 (bvand (bvsub t6 t4) #xffffffffffe00000))) (bvult t2 piece_last) (not (bvult t3 t5)) (bvule #x0000000004000000 (bvand (bvsub t6 t5) #xffffffffffe00000)))))
(check-sat)
