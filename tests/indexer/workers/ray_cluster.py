"""Runs a Ray cluster of two nodes on this machine until its standard input is closed.

Each node has one CPU; the second one also claims to have two GPUs.
"""

import sys

from ray.cluster_utils import Cluster

node = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=node)
cluster.add_node(**node, num_gpus=2)
sys.stdout.write(f"{cluster.address}\n")
sys.stdout.flush()
sys.stdin.read()
cluster.shutdown()
