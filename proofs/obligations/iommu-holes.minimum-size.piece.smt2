; Theorem iommu-holes/minimum-size, obligation piece.
; Every region of dom0 and direct-mapped domains with IOMMU has 64 MiB or more.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; Linux drivers/xen/unpopulated-alloc.c, arch/arm/xen/enlighten.c: arch_xen_unpopulated_init
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
; Also an obligation of unallocated/cap-if-apart, unallocated/minimum-size.
;
; The size is 64 MiB or more.
(set-logic QF_BV)
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By rangeset/report-bounds the piece begins and ends inside the address space.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x0000000000000000)))
(assert (and (bvule piece_first t1) (bvule piece_last t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvsub (bvshl (bvadd piece_last #x0000000000000001) #x0000000000000000) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvand (bvadd (bvshl piece_first #x0000000000000000) #x00000000001fffff) #xffffffffffe00000)))
(assert (and (not (bvult t2 t3)) (bvule #x0000000004000000 (bvand (bvsub (bvadd t2 #x0000000000000001) t3) #xffffffffffe00000)) (not (bvule #x0000000004000000 (bvand (bvsub (bvadd t2 #x0000000000000001) t3) #xffffffffffe00000)))))
(check-sat)
