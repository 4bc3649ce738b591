import Foundation

/// A call, as its push tells.
struct PushedCall: Equatable {
    let uuid: UUID
    /// Which account of the app is called: this extension, at this PBX.
    let callee: String
    let pbx: String
    let caller: String?
    let expiresAt: Date
    let isTest: Bool

    init?(_ data: [String: String]) {
        guard data["type"] == "call", let uuid = data["uuid"].flatMap(UUID.init(uuidString:)),
            let callee = data["callee"], let pbx = data["pbx"], let expiresAt = data["expiresAt"].flatMap(time(of:))
        else { return nil }
        self.uuid = uuid
        self.callee = callee
        self.pbx = pbx
        caller = data["callerName"] ?? data["caller"]
        self.expiresAt = expiresAt
        isTest = data["test"] == "true"
    }
}

/// Why a call need not ring: a reason of a cancel, or that it came too late.
enum EndReason: String {
    case answeredElsewhere = "answered_elsewhere"
    case callerHungUp = "caller_hung_up"
    case timedOut = "timed_out"
    case declined
    case expired
}

/// What to do about a VoIP push. Each is reported to CallKit.
enum Decision: Equatable {
    /// Report it, and register with the PBX.
    case ring(PushedCall)
    /// Report it. CallKit knows it, and says so: ignore that.
    case reportAgain(PushedCall)
    /// Report it, and end it at once.
    case reportAndEnd(PushedCall, EndReason)
}

/// Which calls ring, and which may not any more. Nothing here is of PushKit or CallKit.
struct PushedCalls {
    private enum State {
        case waiting(until: Date)
        case invited
        case over(EndReason)
    }

    private var known: [UUID: (state: State, until: Date)] = [:]

    /// Decides on a VoIP push.
    mutating func take(_ call: PushedCall, now: Date) -> Decision {
        // A repeat may say that the call rings longer: nothing rings for more than 5 minutes.
        known = known.filter { $0.value.until.addingTimeInterval(300) > now }
        switch known[call.uuid]?.state {
        case .over(let reason): return .reportAndEnd(call, reason)
        case .waiting, .invited: return .reportAgain(call)
        case nil where call.expiresAt <= now: return .reportAndEnd(call, .expired)
        case nil:
            known[call.uuid] = (.waiting(until: call.expiresAt), call.expiresAt)
            return .ring(call)
        }
    }

    /// Takes a cancel, which may have overtaken its call. Gives what to end: once its INVITE is here, SIP alone ends a call.
    mutating func cancel(_ data: [String: String], now: Date) -> (UUID, EndReason)? {
        guard data["type"] == "cancel", let uuid = data["uuid"].flatMap(UUID.init(uuidString:)),
            let until = data["expiresAt"].flatMap(time(of:)), until > now
        else { return nil }
        let before = known[uuid]
        if case .invited = before?.state { return nil }
        let reason = data["reason"].flatMap(EndReason.init(rawValue:)) ?? .callerHungUp
        known[uuid] = (.over(reason), max(until, before?.until ?? until))
        if case .waiting = before?.state { return (uuid, reason) }
        return nil
    }

    /// The app has registered with the PBX for this call: now its INVITE has 10 seconds.
    mutating func registered(_ uuid: UUID, now: Date) {
        guard case .waiting(let until) = known[uuid]?.state else { return }
        known[uuid]?.state = .waiting(until: min(until, now.addingTimeInterval(10)))
    }

    /// The INVITE with this `X-PNS-Call-UUID` is here.
    mutating func invited(_ uuid: UUID) {
        known[uuid]?.state = .invited
    }

    /// The call was declined, or is over: a repeat of its push may not ring.
    mutating func ended(_ uuid: UUID, _ reason: EndReason) {
        known[uuid]?.state = .over(reason)
    }

    /// The calls to end by now, since no INVITE came.
    mutating func late(now: Date) -> [UUID] {
        let late = known.filter { if case .waiting(let until) = $0.value.state { until <= now } else { false } }.map(\.key)
        for uuid in late { ended(uuid, .timedOut) }
        return late
    }
}

private func time(of text: String) -> Date? {
    let format = ISO8601DateFormatter()
    format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    return format.date(from: text)
}
