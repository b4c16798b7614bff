; Theorem unallocated/first-there-if-apart, obligation off-ram-reserved-memory.
; Whatever is taken away from host RAM begins in what is left by then, or shares nothing with it, if sensible-
; entries and grant-region and apart.
; In xen 4.18.0 to head, 24 releases.
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; xen/common/rangeset.c: rangeset_remove_range (e118fc98e7)
;
; Passes for an entry and for a bank with which it shares no page share no number.
(set-logic QF_BV)
(declare-const ram_size (_ BitVec 64))
(declare-const ram_start (_ BitVec 64))
(declare-const reserved_size (_ BitVec 64))
(declare-const reserved_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reserved_size #xffffffffffffffff) (bvult #x0000000000000000 reserved_size) (bvule reserved_size #xfffffffffffff000) (bvule reserved_start (bvsub #xfffffffffffff000 reserved_size))))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule ram_size #xffffffffffffffff) (bvult #x0000000000000000 ram_size) (bvule ram_size #xfffffffffffff000) (bvule ram_start (bvsub #xfffffffffffff000 ram_size))))
; Assumption apart: each entry taken away (RAM of the domain, reserved memory, static shared memory, grant
; region) shares no 4 KiB page with any RAM, or begins in RAM, in a page where no other entry has a byte (who
; writes the device tree, and Xen's allocator; Xen does not check it)
(assert (or (bvult (bvlshr (bvsub (bvadd reserved_start reserved_size) #x0000000000000001) #x000000000000000c) (bvlshr ram_start #x000000000000000c)) (bvult (bvlshr (bvsub (bvadd ram_start ram_size) #x0000000000000001) #x000000000000000c) (bvlshr reserved_start #x000000000000000c))))
; What must be impossible.
(assert (not (or (bvult (bvlshr (bvsub (bvadd reserved_start reserved_size) #x0000000000000001) #x000000000000000c) (bvlshr ram_start #x000000000000000c)) (bvult (bvlshr (bvsub (bvadd ram_start ram_size) #x0000000000000001) #x000000000000000c) (bvlshr reserved_start #x000000000000000c)))))
(check-sat)
