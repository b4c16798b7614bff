; Theorem fast-paths/box-regions, obligation parts.
; Of each grant region in a box the producer makes the regions that the box describes.
; In xen 4.16.0 to 4.17.7, 16 releases.
; verifier/xen/open_grant.py: boxes: every place of a grant region that is not known
; xen/arch/arm/domain_build.c: find_unallocated_memory, add_ext_regions (b6fe410936)
;
; The grant region leaves of its piece what is below it and what is above it.
(set-logic QF_BV)
(declare-const grant_end_page (_ BitVec 64))
(declare-const grant_first_page (_ BitVec 64))
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
; The piece is a range of free numbers below 2^52, of whole pages; the grant region lies in it.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl grant_first_page #x000000000000000c)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr t1 #x0000000000000000)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvlshr (bvsub (bvadd t1 (bvsub (bvshl grant_end_page #x000000000000000c) t1)) #x0000000000000001) #x0000000000000000)))
(assert (and (bvule piece_first piece_last) (bvult piece_last #x000fffffffffffff) (= (bvand piece_first #x0000000000000fff) #x0000000000000000) (= (bvand piece_last #x0000000000000fff) #x0000000000000fff) (bvule piece_first t2) (bvule t3 piece_last)))
; The grant region is whole pages, one or more, below 2^52.
(assert (and (bvult grant_first_page grant_end_page) (bvult grant_end_page #x0000010000000000)))
; What must be impossible.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub t2 #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvadd t3 #x0000000000000001)))
(assert (or (and (bvult piece_last t2) (not (or (and (bvult piece_first t2) (not (bvult t3 piece_last)) (= piece_first piece_first) (= piece_last t4)) (and (bvult t3 piece_last) (not (bvult piece_first t2)) (= piece_first t5) (= piece_last piece_last))))) (and (not (bvult piece_last t2)) (bvult piece_first t2) (bvult t3 piece_last) (not (and (bvult piece_first t2) (bvult t3 piece_last) (= piece_first piece_first) (= t4 t4) (= t5 t5) (= piece_last piece_last)))) (and (not (bvult piece_last t2)) (bvult piece_first t2) (not (bvult t3 piece_last)) (not (or (and (bvult piece_first t2) (not (bvult t3 piece_last)) (= piece_first piece_first) (= t4 t4)) (and (bvult t3 piece_last) (not (bvult piece_first t2)) (= piece_first t5) (= t4 piece_last))))) (and (not (bvult piece_last t2)) (not (bvult piece_first t2)) (bvult t3 piece_last) (not (or (and (bvult piece_first t2) (not (bvult t3 piece_last)) (= t5 piece_first) (= piece_last t4)) (and (bvult t3 piece_last) (not (bvult piece_first t2)) (= t5 t5) (= piece_last piece_last))))) (and (not (bvult piece_last t2)) (not (bvult piece_first t2)) (not (bvult t3 piece_last)) (not (and (not (bvult piece_first t2)) (not (bvult t3 piece_last)))))))
(check-sat)
