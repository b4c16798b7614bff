; Theorem fast-paths/box-regions, obligation alone.
; Of each grant region in a box the producer makes the regions that the box describes.
; In xen 4.16.0 to 4.17.7, 16 releases.
; verifier/xen/open_grant.py: boxes: every place of a grant region that is not known
; xen/arch/arm/domain_build.c: find_unallocated_memory, add_ext_regions (b6fe410936)
;
; The region of a piece goes from its first to its last multiple of 2 MiB, 64 MiB or more.
(set-logic QF_BV)
(declare-const grant_end_page (_ BitVec 64))
(declare-const grant_first_page (_ BitVec 64))
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
; The piece is a range of free numbers below 2^52, of whole pages; the grant region lies in it.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl grant_first_page #x000000000000000c)))
(assert (and (bvule piece_first piece_last) (bvult piece_last #x000fffffffffffff) (= (bvand piece_first #x0000000000000fff) #x0000000000000000) (= (bvand piece_last #x0000000000000fff) #x0000000000000fff) (bvule piece_first (bvlshr t1 #x0000000000000000)) (bvule (bvlshr (bvsub (bvadd t1 (bvsub (bvshl grant_end_page #x000000000000000c) t1)) #x0000000000000001) #x0000000000000000) piece_last)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvsub (bvshl (bvadd piece_last #x0000000000000001) #x0000000000000000) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvand (bvadd (bvshl piece_first #x0000000000000000) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvadd t2 #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvand (bvsub t4 t3) #xffffffffffe00000)))
(assert (and (not (bvult t2 t3)) (bvule #x0000000004000000 t5) (not (and (= t3 t3) (= (bvadd t3 t5) (bvand t4 #xffffffffffe00000)) (= (bvand t3 #x00000000001fffff) #x0000000000000000) (= (bvand t5 #x00000000001fffff) #x0000000000000000) (bvule #x0000000004000000 t5)))))
(check-sat)
