; Theorem iommu-holes/complete, obligation pass-reg.
; Every region of dom0 and direct-mapped domains with IOMMU that qualifies is advertised: each 64 MiB of free
; space, 2 MiB aligned, lies in one.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; A pass for an entry that shares no byte with the chunk is not about its numbers.
(set-logic QF_BV)
(declare-const chunk (_ BitVec 64))
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reg_size #xffffffffffffffff) (bvult #x0000000000000000 reg_size) (bvule reg_size #xfffffffffffff000) (bvule reg_start (bvsub #xfffffffffffff000 reg_size))))
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
(assert (= t2 (bvadd reg_start reg_size)))
(assert (or (bvule t2 chunk) (bvule t1 reg_start)))
; What must be impossible.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvand reg_start #xfffffffffffff000)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvlshr x #x0000000000000000)))
(assert (and (bvule (bvlshr t3 #x0000000000000000) t4) (bvule t4 (bvlshr (bvsub (bvadd t3 (bvsub (bvand (bvadd t2 #x0000000000000fff) #xfffffffffffff000) t3)) #x0000000000000001) #x0000000000000000))))
(check-sat)
