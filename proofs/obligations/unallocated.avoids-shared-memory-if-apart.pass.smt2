; Theorem unallocated/avoids-shared-memory-if-apart, obligation pass.
; Every region of dom0 and direct-mapped domains without IOMMU has no address of the domain's static shared
; memory, if sensible-entries and grant-region and apart.
; In xen 4.17.0 to 4.17.7, 8 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
;
; The pass for an entry is about the number of each of its bytes.
(set-logic QF_BV)
(declare-const shared_size (_ BitVec 64))
(declare-const shared_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule shared_size #xffffffffffffffff) (bvult #x0000000000000000 shared_size) (bvule shared_size #xfffffffffffff000) (bvule shared_start (bvsub #xfffffffffffff000 shared_size))))
; `x` is a byte of the entry.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd shared_start shared_size)))
(assert (and (bvule shared_start x) (bvult x t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x0000000000000000)))
(assert (not (and (bvule (bvlshr shared_start #x0000000000000000) t2) (bvule t2 (bvlshr (bvsub t1 #x0000000000000001) #x0000000000000000)))))
(check-sat)
