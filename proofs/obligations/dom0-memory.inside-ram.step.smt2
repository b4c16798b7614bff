; Theorem dom0-memory/inside-ram, obligation step.
; Each bank that dom0 can have lies in the RAM that the heap has.
; In xen 4.16.0 to head, 40 releases.
; xen/arch/arm/domain_build.c: allocate_memory_11, insert_11_bank, get_allocation_size
;
; What one bank of the host adds to what is covered lies in it; nothing is lost.
(set-logic QF_BV)
(declare-const covered (_ BitVec 64))
(declare-const ram_size (_ BitVec 64))
(declare-const ram_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule ram_size #xffffffffffffffff) (bvult #x0000000000000000 ram_size) (bvule ram_size #xfffffffffffff000) (bvule ram_start (bvsub #xfffffffffffff000 ram_size))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd ram_start ram_size)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvand t1 #xfffffffffffff000)))
(assert (or (and (bvule (bvand (bvadd ram_start #x0000000000000fff) #xfffffffffffff000) covered) (bvult covered t2) (not (and (bvule covered t2) (or (not (and (bvule covered x) (bvult x t2))) (and (bvule ram_start x) (bvult x t1)))))) (and (bvule (bvand (bvadd ram_start #x0000000000000fff) #xfffffffffffff000) covered) (not (bvult covered t2)) (not (and (bvule covered covered) (or (not (and (bvule covered x) (bvult x covered))) (and (bvule ram_start x) (bvult x t1)))))) (and (not (bvule (bvand (bvadd ram_start #x0000000000000fff) #xfffffffffffff000) covered)) (not (and (bvule covered covered) (or (not (and (bvule covered x) (bvult x covered))) (and (bvule ram_start x) (bvult x t1))))))))
(check-sat)
