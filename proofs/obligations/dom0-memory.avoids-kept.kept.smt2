; Theorem dom0-memory/avoids-kept, obligation kept.
; No bank that dom0 can have shares a byte with what is kept from the heap.
; In xen 4.16.0 to head, 40 releases.
; xen/arch/arm/domain_build.c: allocate_memory_11, insert_11_bank, get_allocation_size
;
; A bank against which nothing is said shares no byte with what is kept.
(set-logic QF_BV)
(declare-const bank_size (_ BitVec 64))
(declare-const bank_start (_ BitVec 64))
(declare-const kept_size (_ BitVec 64))
(declare-const kept_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule kept_size #xffffffffffffffff) (bvult #x0000000000000000 kept_size) (bvule kept_size #xfffffffffffff000) (bvule kept_start (bvsub #xfffffffffffff000 kept_size))))
; A bank is whole pages and does not wrap (_ill_formed).
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd bank_start bank_size)))
(assert (and (= (bvand bank_start #x0000000000000fff) #x0000000000000000) (= (bvand bank_size #x0000000000000fff) #x0000000000000000) (bvult bank_start t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvadd kept_start kept_size)))
(assert (or (and (bvult (bvand kept_start #xfffffffffffff000) t1) (not (bvult bank_start (bvand (bvadd t2 #x0000000000000fff) #xfffffffffffff000))) (bvule bank_start x) (bvult x t1) (bvule kept_start x) (bvult x t2)) (and (not (bvult (bvand kept_start #xfffffffffffff000) t1)) (bvule bank_start x) (bvult x t1) (bvule kept_start x) (bvult x t2))))
(check-sat)
