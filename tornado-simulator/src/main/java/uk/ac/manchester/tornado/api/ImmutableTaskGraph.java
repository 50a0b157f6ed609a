package uk.ac.manchester.tornado.api;

import stablediffusion.tornado.simulator.GraphRecording;

/** A task graph to which nothing can be added any more. */
public class ImmutableTaskGraph {

    private final GraphRecording recording;

    ImmutableTaskGraph(GraphRecording recording) {
        this.recording = recording;
    }

    GraphRecording recording() {
        return recording;
    }
}
