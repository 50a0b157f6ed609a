package stablediffusion.model.engine;

import stablediffusion.model.graph.Operation;

/** Holds how long an operation took in one run. */
public record OperationTime(Operation operation, long nanoseconds) {}
