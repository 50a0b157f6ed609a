package stablediffusion.model.engine;

import stablediffusion.model.graph.Operation;

/** How long an operation took in one run. */
public record OperationTime(Operation operation, long nanoseconds) {}
