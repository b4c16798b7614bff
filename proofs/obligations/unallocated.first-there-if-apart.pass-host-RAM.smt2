; Theorem unallocated/first-there-if-apart, obligation pass-host-RAM.
; Whatever is taken away from host RAM begins in what is left by then, or shares nothing with it, if sensible-
; entries and grant-region and apart.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; xen/common/rangeset.c: rangeset_remove_range (e118fc98e7)
; Also an obligation of unallocated/complete.
;
; The pass for a bank is about the number of each of its bytes.
(set-logic QF_BV)
(declare-const ram_size (_ BitVec 64))
(declare-const ram_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule ram_size #xffffffffffffffff) (bvult #x0000000000000000 ram_size) (bvule ram_size #xfffffffffffff000) (bvule ram_start (bvsub #xfffffffffffff000 ram_size))))
; `x` is a byte of the bank.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd ram_start ram_size)))
(assert (and (bvule ram_start x) (bvult x t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x0000000000000000)))
(assert (not (and (bvule (bvlshr ram_start #x0000000000000000) t2) (bvule t2 (bvlshr (bvsub t1 #x0000000000000001) #x0000000000000000)))))
(check-sat)
