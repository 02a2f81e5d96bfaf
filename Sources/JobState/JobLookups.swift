// Single rows, looked up here where the tables' types are known: from another module each lookup
// would run through the code for all types.

package import EventLog
package import Jobs

extension JobProjection {
    package func generation(of id: JobID) -> SequenceNumber? { names[id] }
    package func row(of generation: SequenceNumber) -> JobRow? { rows[generation] }
    package func inFlightTrigger(_ trigger: TriggerID) -> InFlightTrigger? { inFlight[trigger] }
}
