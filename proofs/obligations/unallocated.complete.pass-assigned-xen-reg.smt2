; Theorem unallocated/complete, obligation pass-assigned-xen-reg.
; Every region of dom0 and direct-mapped domains without IOMMU that qualifies is advertised: each 64 MiB of free
; space, 2 MiB aligned, lies in one.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
;
; A pass for an entry that shares no byte with the chunk is not about its numbers.
(set-logic QF_BV)
(declare-const assigned_first (_ BitVec 64))
(declare-const assigned_last (_ BitVec 64))
(declare-const chunk (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; By rangeset/add a range of the set is in order; sensible-entries says where its entries end.
(assert (and (bvule assigned_first assigned_last) (bvule assigned_last #x000ffffffffffffe)))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; `chunk` begins 64 MiB that lie in the address space, at a multiple of 2 MiB.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd chunk #x0000000003ffffff)))
(assert (and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvult chunk #x0010000000000000) (bvule t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001))))
; `x` is a byte of the chunk.
(assert (and (bvule chunk x) (bvult x (bvadd chunk #x0000000004000000))))
; The entry shares no byte with the chunk.
(assert (or (not (bvule assigned_first (bvlshr t1 #x000000000000000c))) (bvult assigned_last (bvlshr chunk #x000000000000000c))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl assigned_first #x000000000000000c)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvlshr x #x000000000000000c)))
(assert (and (bvule (bvlshr t2 #x000000000000000c) t3) (bvule t3 (bvlshr (bvsub (bvadd t2 (bvsub (bvshl (bvadd assigned_last #x0000000000000001) #x000000000000000c) t2)) #x0000000000000001) #x000000000000000c))))
(check-sat)
