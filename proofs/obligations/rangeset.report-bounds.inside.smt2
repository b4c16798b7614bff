; Theorem rangeset/report-bounds, obligation inside.
; A report of any list says ranges that begin and end among the numbers asked for.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; What it says of a range begins and ends between the two numbers asked for.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const other_end (_ BitVec 64))
(declare-const other_start (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption start-not-above-end: a change or a report is asked for a range whose start is not above its end
; (xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer)
(assert (bvule start end))
; `other` is not beyond.
(assert (bvule other_start end))
; What must be impossible.
(assert (or (and (bvule start other_end) (bvule other_start start) (bvule other_end end) (not (and (bvule start start) (bvule start end) (bvule start other_end) (bvule other_end end)))) (and (bvule start other_end) (bvule other_start start) (not (bvule other_end end)) (not (and (bvule start start) (bvule start end) (bvule end end)))) (and (bvule start other_end) (not (bvule other_start start)) (bvule other_end end) (not (and (bvule start other_start) (bvule other_start end) (bvule start other_end) (bvule other_end end)))) (and (bvule start other_end) (not (bvule other_start start)) (not (bvule other_end end)) (not (and (bvule start other_start) (bvule other_start end) (bvule start end) (bvule end end))))))
(check-sat)
