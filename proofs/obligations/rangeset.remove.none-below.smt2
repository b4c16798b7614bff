; Theorem rangeset/remove, obligation none-below.
; What a removal leaves was there, and was not to be removed.
; In xen 4.19.3 to head, 13 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
; Also an obligation of rangeset/remove-if-first-there.
;
; What is left was there, and was not to be removed.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const last_end (_ BitVec 64))
(declare-const last_start (_ BitVec 64))
(declare-const number (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; Assumption below-top: what is removed ends below the last number of all (page frames have 52 bits; of bytes
; assumption sensible-entries says it)
(assert (bvult end #xffffffffffffffff))
; The list is canonical.
(assert (bvule last_start last_end))
; `last` starts between the two numbers.
(assert (and (bvult start last_start) (bvule last_start end)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd end #x0000000000000001)))
(assert (and (bvule t1 last_end) (not (or (not (and (bvule t1 number) (bvule number last_end))) (and (bvule last_start number) (bvule number last_end) (not (and (bvule start number) (bvule number end))))))))
(check-sat)
