; Theorem grant-region/enough-frames-if-text-is-large, obligation arm32.
; Dom0's grant region has a page for each of gnttab_max_frames grant frames, if Xen's text has as many.
; In xen 4.10.0 to head, 76 releases.
; xen/arch/arm/domain_build.c: find_gnttab_region (7e02c88160), gnttab_dom0_frames (18b1be5e32)
; xen/arch/arm/platform.c: platform_dom0_gnttab (b490724477), before 7e02c88160
; docs/misc/arm/device-tree/guest.txt: region 0 of reg: the grant table is mapped there
;
; The size is that of all frames, or more.
(set-logic QF_BV)
(declare-const frames (_ BitVec 64))
(declare-const text_size (_ BitVec 64))
(declare-const text_start (_ BitVec 64))
; Assumption xens-text: Xen's text begins at a page and ends at least one page below 2^64; it has a byte
; (xen/arch/arm/xen.lds.S: _stext is page aligned; Xen is in RAM)
(assert (and (bvule text_size #xffffffffffffffff) (bvult #x0000000000000000 text_size) (bvule text_size #xfffffffffffff000) (bvule text_start (bvsub #xfffffffffffff000 text_size)) (= (bvand text_start #x0000000000000fff) #x0000000000000000)))
; Assumption frames: gnttab_max_frames is at least 1 and below 2^32 (xen/common/grant_table.c: an unsigned int;
; grant_table_init refuses 0)
(assert (and (bvult #x0000000000000000 frames) (bvult frames #x0000000100000000)))
; Assumption text-is-large: Xen's text has at least as many whole pages as there are grant frames (whoever
; raises gnttab_max_frames: builds of 4.16 to head have some 140 pages of text, the default is 64 frames)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr text_size #x000000000000000c)))
(assert (bvule frames t1))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl frames #x000000000000000c)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl t1 #x000000000000000c)))
(assert (or (and (bvule frames t1) (not (bvult #x0000000100000000 (bvadd text_start t2))) (not (bvule t2 t2))) (and (not (bvule frames t1)) (not (bvult #x0000000100000000 (bvadd text_start t3))) (not (bvule t2 t3)))))
(check-sat)
