; Theorem iommu-holes/complete, obligation pass-address-space.
; Every region of dom0 and direct-mapped domains with IOMMU that qualifies is advertised: each 64 MiB of free
; space, 2 MiB aligned, lies in one.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; The address space has every number of the chunk.
(set-logic QF_BV)
(declare-const chunk (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; `chunk` begins 64 MiB that lie in the address space, at a multiple of 2 MiB.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(assert (and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvult chunk #x0010000000000000) (bvule (bvadd chunk #x0000000003ffffff) t1)))
; `x` is a byte of the chunk.
(assert (and (bvule chunk x) (bvult x (bvadd chunk #x0000000004000000))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x000000000000000c)))
(assert (not (and (bvule #x0000000000000000 t2) (bvule t2 (bvlshr t1 #x000000000000000c)))))
(check-sat)
