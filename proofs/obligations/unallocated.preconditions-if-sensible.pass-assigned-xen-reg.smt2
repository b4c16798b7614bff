; Theorem unallocated/preconditions-if-sensible, obligation pass-assigned-xen-reg.
; Every region of dom0 and direct-mapped domains without IOMMU comes from range operations whose start was not
; above their end, if sensible-entries and grant-region.
; In xen 4.21.0 to head, 5 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const assigned_first (_ BitVec 64))
(declare-const assigned_last (_ BitVec 64))
; By rangeset/add a range of the set is in order; sensible-entries says where its entries end.
(assert (and (bvule assigned_first assigned_last) (bvule assigned_last #x000ffffffffffffe)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl assigned_first #x000000000000000c)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr (bvsub (bvadd t1 (bvsub (bvshl (bvadd assigned_last #x0000000000000001) #x000000000000000c) t1)) #x0000000000000001) #x000000000000000c)))
(assert (not (and (bvule (bvlshr t1 #x000000000000000c) t2) (bvult t2 #xffffffffffffffff))))
(check-sat)
