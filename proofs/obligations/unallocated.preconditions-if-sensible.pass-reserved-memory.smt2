; Theorem unallocated/preconditions-if-sensible, obligation pass-reserved-memory.
; Every region of dom0 and direct-mapped domains without IOMMU comes from range operations whose start was not
; above their end, if sensible-entries and grant-region.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const reserved_size (_ BitVec 64))
(declare-const reserved_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reserved_size #xffffffffffffffff) (bvult #x0000000000000000 reserved_size) (bvule reserved_size #xfffffffffffff000) (bvule reserved_start (bvsub #xfffffffffffff000 reserved_size))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr (bvsub (bvadd reserved_start reserved_size) #x0000000000000001) #x0000000000000000)))
(assert (not (and (bvule (bvlshr reserved_start #x0000000000000000) t1) (bvult t1 #xffffffffffffffff))))
(check-sat)
