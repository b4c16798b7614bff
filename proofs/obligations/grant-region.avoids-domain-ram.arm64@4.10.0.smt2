; Theorem grant-region/avoids-domain-ram, obligation arm64.
; Dom0's grant region has no address of dom0's RAM.
; In xen 4.10.0 to head, 76 releases.
; xen/arch/arm/domain_build.c: find_gnttab_region (7e02c88160), gnttab_dom0_frames (18b1be5e32)
; xen/arch/arm/platform.c: platform_dom0_gnttab (b490724477), before 7e02c88160
; 37f29b0cb2: the constant of vexpress was in dom0's RAM
;
; No byte of the region is in a bank of dom0.
(set-logic QF_BV)
(declare-const bank_size (_ BitVec 64))
(declare-const bank_start (_ BitVec 64))
(declare-const frames (_ BitVec 64))
(declare-const text_size (_ BitVec 64))
(declare-const text_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption xens-text: Xen's text begins at a page and ends at least one page below 2^64; it has a byte
; (xen/arch/arm/xen.lds.S: _stext is page aligned; Xen is in RAM)
(assert (and (bvule text_size #xffffffffffffffff) (bvult #x0000000000000000 text_size) (bvule text_size #xfffffffffffff000) (bvule text_start (bvsub #xfffffffffffff000 text_size)) (= (bvand text_start #x0000000000000fff) #x0000000000000000)))
; Assumption frames: gnttab_max_frames is at least 1 and below 2^32 (xen/common/grant_table.c: an unsigned int;
; grant_table_init refuses 0)
(assert (and (bvult #x0000000000000000 frames) (bvult frames #x0000000100000000)))
; Assumption text-not-in-heap: dom0's RAM has no byte of Xen's text (dom0's RAM comes from the heap, which Xen's
; image is kept out of (next_module, setup_mm))
(assert (or (not (and (bvule bank_start x) (bvult x (bvadd bank_start bank_size)))) (not (and (bvule text_start x) (bvult x (bvadd text_start text_size))))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr text_size #x000000000000000c)))
(assert (or (and (bvule frames t1) (bvule text_start x) (bvult x (bvadd text_start (bvshl frames #x000000000000000c))) (bvule bank_start x) (bvult x (bvadd bank_start bank_size))) (and (not (bvule frames t1)) (bvule text_start x) (bvult x (bvadd text_start (bvshl t1 #x000000000000000c))) (bvule bank_start x) (bvult x (bvadd bank_start bank_size)))))
(check-sat)
