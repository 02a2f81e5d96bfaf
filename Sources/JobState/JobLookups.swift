// Lookups of single rows. They are in this module because the tables' types are known here: from
// another module each lookup would use the unspecialised generic code.

package import EventLog
package import Jobs

extension JobProjection {
    package func generation(of id: JobID) -> SequenceNumber? { names[id] }
    package func row(of generation: SequenceNumber) -> JobRow? { rows[generation] }
    package func inFlightTrigger(_ trigger: TriggerID) -> InFlightTrigger? { inFlight[trigger] }
}
