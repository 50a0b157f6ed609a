package uk.ac.manchester.tornado.api;

import stablediffusion.tornado.simulator.PlanExecution;

/** Gives access to the results of an execution of a plan: arrays on the device, and times. */
public class TornadoExecutionResult {

    private final PlanExecution plan;
    private final TornadoProfilerResult profile;

    TornadoExecutionResult(PlanExecution plan) {
        this.plan = plan;
        this.profile = new TornadoProfilerResult(plan.times());
    }

    public TornadoProfilerResult getProfilerResult() {
        return profile;
    }

    /** Copies arrays back that the executed graphs keep on the device. */
    public TornadoExecutionResult transferToHost(Object... objects) {
        for (Object object : objects) {
            plan.transferToHost(object);
        }
        return this;
    }

    /** Copies a part of an array back. */
    public TornadoExecutionResult transferToHost(DataRange dataRange) {
        dataRange.materialize();
        plan.transferToHost(dataRange.getArray(), dataRange.getOffset(), dataRange.getPartialSize());
        return this;
    }

    public boolean isReady() {
        return true;
    }
}
