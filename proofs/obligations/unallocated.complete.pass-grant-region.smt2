; Theorem unallocated/complete, obligation pass-grant-region.
; Every region of dom0 and direct-mapped domains without IOMMU that qualifies is advertised: each 64 MiB of free
; space, 2 MiB aligned, lies in one.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
;
; A pass for an entry that shares no byte with the chunk is not about its numbers.
(set-logic QF_BV)
(declare-const chunk (_ BitVec 64))
(declare-const grant_size (_ BitVec 64))
(declare-const grant_start (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule grant_size #xffffffffffffffff) (bvult #x0000000000000000 grant_size) (bvule grant_size #xfffffffffffff000) (bvule grant_start (bvsub #xfffffffffffff000 grant_size))))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; `chunk` begins 64 MiB that lie in the address space, at a multiple of 2 MiB.
(assert (and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvult chunk #x0010000000000000) (bvule (bvadd chunk #x0000000003ffffff) (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001))))
; `x` is a byte of the chunk.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd chunk #x0000000004000000)))
(assert (and (bvule chunk x) (bvult x t1)))
; The entry shares no byte with the chunk.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvadd grant_start grant_size)))
(assert (or (bvule t2 chunk) (bvule t1 grant_start)))
; What must be impossible.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvlshr x #x0000000000000000)))
(assert (and (bvule (bvlshr grant_start #x0000000000000000) t3) (bvule t3 (bvlshr (bvsub t2 #x0000000000000001) #x0000000000000000))))
(check-sat)
