; Theorem unallocated/first-there-if-apart, obligation first-domain-RAM.
; Whatever is taken away from host RAM begins in what is left by then, or shares nothing with it, if sensible-
; entries and grant-region and apart.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; xen/common/rangeset.c: rangeset_remove_range (e118fc98e7)
;
; The first number that a pass is about is that of the entry's first byte.
(set-logic QF_BV)
(declare-const domain_size (_ BitVec 64))
(declare-const domain_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule domain_size #xffffffffffffffff) (bvult #x0000000000000000 domain_size) (bvule domain_size #xfffffffffffff000) (bvule domain_start (bvsub #xfffffffffffff000 domain_size))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr domain_start #x0000000000000000)))
(assert (not (= t1 t1)))
(check-sat)
