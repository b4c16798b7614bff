; Theorem page-tables/mappable, obligation width-48.
; Each byte of a region that ends at or below 2^b is taken, and has its own entry.
; In xen 4.4.0 to head, 71 releases.
; xen/arch/arm/p2m.c: setup_virt_paging, p2m_get_root_pointer (88aaf40eef: XSA-301)
; Arm ARM DDI 0487: D8.2, concatenated translation tables of stage 2
;
; Each byte is taken, and its entry is its own. (48 bits)
(set-logic QF_BV)
(declare-const region_size (_ BitVec 64))
(declare-const region_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd region_start (bvsub region_size #x0000000000000001))))
(assert (and (bvult #x0000000000000000 region_size) (bvule region_start t1) (bvule t1 #x0000ffffffffffff) (bvule region_start x) (bvult x (bvadd region_start region_size)) (not (and (bvult (bvlshr x #x0000000000000030) #x0000000000000001) (= (bvand x #x0000ffffffffffff) x)))))
(check-sat)
