; Theorem unallocated/first-there-if-apart, obligation alone-domain-RAM.
; Whatever is taken away from host RAM begins in what is left by then, or shares nothing with it, if sensible-
; entries and grant-region and apart.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; xen/common/rangeset.c: rangeset_remove_range (e118fc98e7)
;
; A pass is not about the number of a byte in whose page its entry has no byte.
(set-logic QF_BV)
(declare-const domain_size (_ BitVec 64))
(declare-const domain_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule domain_size #xffffffffffffffff) (bvult #x0000000000000000 domain_size) (bvule domain_size #xfffffffffffff000) (bvule domain_start (bvsub #xfffffffffffff000 domain_size))))
; Assumption apart: each entry taken away (RAM of the domain, reserved memory, static shared memory, grant
; region) shares no 4 KiB page with any RAM, or begins in RAM, in a page where no other entry has a byte (who
; writes the device tree, and Xen's allocator; Xen does not check it)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvadd domain_start domain_size) #x0000000000000001)))
(assert (or (bvult (bvlshr t1 #x000000000000000c) (bvlshr x #x000000000000000c)) (bvult (bvlshr (bvsub (bvadd x #x0000000000000001) #x0000000000000001) #x000000000000000c) (bvlshr domain_start #x000000000000000c))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x0000000000000000)))
(assert (and (bvule (bvlshr domain_start #x0000000000000000) t2) (bvule t2 (bvlshr t1 #x0000000000000000))))
(check-sat)
