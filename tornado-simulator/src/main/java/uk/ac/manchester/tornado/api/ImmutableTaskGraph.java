package uk.ac.manchester.tornado.api;

import stablediffusion.tornado.simulator.GraphRecording;

/** Holds a task graph to which nothing more can be added. */
public class ImmutableTaskGraph {

    private final GraphRecording recording;

    ImmutableTaskGraph(GraphRecording recording) {
        this.recording = recording;
    }

    GraphRecording recording() {
        return recording;
    }
}
